export { waitingAnswer, type WaitedFor } from './answer.ts';
export { askForApproval, type AskInput } from './ask.ts';
export { closeRequest } from './close.ts';
export { standingJson } from './json.ts';
export { approvedEntries } from './recorded.ts';
export { githubName, requireReviewers } from './reviewers.ts';
export { approvalStanding, type StandingOf } from './standing.ts';
export { waitForApproval, type WaitInput } from './wait.ts';
