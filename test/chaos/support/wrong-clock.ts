/** For `node --import`: this process believes that it is HD_TEST_CLOCK seconds later than it is. */
const off = Number(process.env['HD_TEST_CLOCK']) * 1000;
const right = Date;

globalThis.Date = class extends right {
  constructor(...given: unknown[]) {
    if (given.length === 0) super(right.now() + off);
    else super(...(given as [number]));
  }
  static override now(): number {
    return right.now() + off;
  }
} as DateConstructor;
