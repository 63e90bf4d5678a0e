import { components } from '../api';

export type Claims = components['schemas']['ReceiptClaims'];
/** What a file says that is as the server signed it; else what is wrong: too long, no receipt, of a version that is not
 * known, changed or signed by another, or it cannot be checked in this browser. */
export type Finding = Claims | 'long' | 'none' | 'version' | 'changed' | 'unable';

/** Characters of a file that can be a receipt. */
export const MOST = 100_000;
const VERSIONS: unknown[] = [1, 2];
const ALGORITHM = 'Ed25519';
/** The one way in which the server writes a receipt: a claim a line. */
const FORM =
  /^\{\n {2}"claims": \{\n((?: {4}"\w+": [^\n]+\n)+) {2}\},\n {2}"signature": \{\n {4}"algorithm": "Ed25519",\n {4}"value": "([0-9a-f]{128})"\n {2}\}\n\}$/;

interface IRead {
  claims: Claims;
  /** What the signature is over: the claims as RFC 8785 writes JSON. */
  signed: string;
  signature: string;
}

/** The receipt in a file's text; whether it is true is not looked at. */
export function readReceipt(text: string): IRead | Exclude<Finding, Claims> {
  if (text.length > MOST) {
    return 'long';
  }
  let file: { claims?: Claims; signature?: { algorithm?: string } } | null;
  try {
    file = JSON.parse(text) as typeof file;
  } catch {
    return 'none';
  }
  const { claims, signature } = file ?? {};
  if (claims?.type !== 'codegym-receipt' || signature?.algorithm !== ALGORITHM) {
    return 'none';
  }
  if (!VERSIONS.includes(claims.version)) {
    return 'version';
  }
  // a mail program may change how lines end, and what comes after the last
  const [, written = '', value] = FORM.exec(text.replaceAll('\r\n', '\n').trimEnd()) ?? [];
  const lines = written.split('\n').slice(0, -1);
  if (lines.length !== Object.keys(claims).length) {
    return 'changed';
  }
  // the file's own letters, as a number that is read and written anew may look otherwise
  const members = lines.map(line => line.slice(4).replace('": ', '":'));
  return { claims, signed: `{${members.join('')}}`, signature: value };
}

/** What a file says, where the holder of the key (PEM) signed it, byte by byte. */
export async function checkReceipt(text: string, pem: string): Promise<Finding> {
  const read = readReceipt(text);
  if (typeof read === 'string') {
    return read;
  }
  // a page without https has none
  const subtle = globalThis.crypto?.subtle as SubtleCrypto | undefined;
  const spki = Uint8Array.from(atob(pem.replace(/-----[^-]+-----|\s/g, '')), letter => letter.charCodeAt(0));
  const key = await subtle?.importKey('spki', spki, ALGORITHM, false, ['verify']).catch(() => null);
  if (!subtle || !key) {
    return 'unable';
  }
  const signature = Uint8Array.from(read.signature.match(/../g)!, digits => parseInt(digits, 16));
  const isTrue = await subtle.verify(ALGORITHM, key, signature, new TextEncoder().encode(read.signed));
  return isTrue ? read.claims : 'changed';
}

/** The SHA-256 of a text, in hex digits. */
export async function digestOf(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return [...new Uint8Array(digest)].map(byte => byte.toString(16).padStart(2, '0')).join('');
}
