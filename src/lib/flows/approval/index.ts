export { waitingAnswer } from './answer.ts';
export { askForApproval, type AskInput } from './ask.ts';
export { closeRequest } from './close.ts';
export { closeLeft } from './left.ts';
export { approvedEntries } from './recorded.ts';
export { githubName, requireReviewers } from './reviewers.ts';
export { approvalStanding } from './standing.ts';
export { waitForApproval, type WaitInput } from './wait.ts';
