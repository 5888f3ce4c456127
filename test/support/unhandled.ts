/**
 * Mocha listens to rejections that nobody handles and lets them pass; in hd one of them ends the process. So one fails
 * the test that it comes in.
 */
process.on('unhandledRejection', (reason) => {
  throw reason;
});
