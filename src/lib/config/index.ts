export { findConfig, loadConfig } from './load.ts';
export { ConfigError, renderProblems } from './problems.ts';
