// What jsdom lacks and the lab's packages ask for when they are imported.
class Observer {
  observe(): void {}
  unobserve(): void {}
  disconnect(): void {}
}
const missing: Record<string, unknown> = {
  DragEvent: class extends Event {},
  ResizeObserver: Observer,
  requestIdleCallback: (act: () => void) => setTimeout(act),
  matchMedia: () => ({ matches: false, addEventListener() {}, removeEventListener() {} })
};
for (const [name, value] of Object.entries(missing)) {
  for (const place of [globalThis, window]) {
    if (typeof (place as unknown as Record<string, unknown>)[name] !== 'function') {
      Object.defineProperty(place, name, { value, configurable: true, writable: true });
    }
  }
}
