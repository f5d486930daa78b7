// Given to Node by --import: shows a time that is off by SIGNET_TEST_CLOCK_SHIFT milliseconds, as a machine whose clock is
// wrong. The monotonic clock stays right, as it does there.
const TrueDate = Date
const shift = Number(process.env.SIGNET_TEST_CLOCK_SHIFT)

globalThis.Date = class extends TrueDate {
  constructor(...given) {
    if (given.length === 0) super(TrueDate.now() + shift)
    else super(...given)
  }

  static now() {
    return TrueDate.now() + shift
  }
}
