import { describe, expect, it } from 'vitest';

import { HintOffer } from '../src/grading/hintoffer';
import { check, judgement } from './make';

const ref = { course: 'python-basics', exercise: 'sum-even' };
const failed = check({ verdict: 'WA', status: 'not_passed' });
const wrong = judgement({ verdict: 'WA', checks: [failed, check()] });
const other = judgement({ verdict: 'WA', checks: [check(), failed] });

describe('the offer of a hint', () => {
  it('comes after three tries that stopped at the same place', () => {
    const offer = new HintOffer();
    expect([wrong, wrong, wrong].map(view => offer.judged(ref, view))).toEqual([false, false, true]);
    expect(offer.isOpen(ref)).toBe(true);
  });

  it('does not come where the place changes, or the answer gets on', () => {
    const offer = new HintOffer();
    const told = [wrong, wrong, other, other, judgement(), wrong, wrong].map(view => offer.judged(ref, view));
    expect(told).not.toContain(true);
  });

  it('comes once, and goes when it is answered', () => {
    const offer = new HintOffer();
    [wrong, wrong, wrong].forEach(view => offer.judged(ref, view));
    offer.close(ref);
    expect(offer.isOpen(ref)).toBe(false);
    expect([wrong, wrong, wrong, wrong].some(view => offer.judged(ref, view))).toBe(false);
  });

  it('goes when the answer is accepted', () => {
    const offer = new HintOffer();
    [wrong, wrong, wrong].forEach(view => offer.judged(ref, view));
    offer.judged(ref, judgement());
    expect(offer.isOpen(ref)).toBe(false);
  });

  it('is each exercise’s own', () => {
    const offer = new HintOffer();
    [wrong, wrong].forEach(view => offer.judged(ref, view));
    expect(offer.judged({ ...ref, exercise: 'countdown' }, wrong)).toBe(false);
  });
});
