export { findConfig, loadConfig, type LoadOptions } from './load.ts';
export { ConfigError, renderProblems, type Problem } from './problems.ts';
