/**
 * What runs on a host: constant programs of POSIX sh. Data reaches them as arguments or on stdin and is never part
 * of their text. A record separator (octal 036) begins a section of an answer; JSON never holds one unescaped.
 */
export { Status } from './programs/shared.ts';
export { CONTAINERS, OBSERVE } from './programs/observe.ts';
export { ATTACH, EFFECT } from './programs/effect.ts';
export { POINT, PRUNE, READ, SHIP } from './programs/files.ts';
export { HEAD_OF_JOURNAL, JOURNAL } from './programs/journal.ts';
export { ASK, ASKED, FREEZE, LEAVE_LINE, LOCK, RENEW } from './programs/lock.ts';
export { ADOPT, APPEND, LEDGER, LEDGER_END } from './programs/ledger.ts';
export { RECORDS } from './programs/records.ts';
export { CLEAR, LOGS, LOGS_REFUSED } from './programs/logs.ts';
