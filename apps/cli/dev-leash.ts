// Loaded before a sample program that `signet dev` starts: when `signet dev` is gone, however it went, so is the sample.
// The channel itself must not keep a sample alive that was asked to stop.
process.on('disconnect', () => process.exit())
process.channel?.unref()
