/**
 * What hd uses of oclif, loaded only when a command runs. A module of its own, because a bundle knows the names
 * that a CommonJS package exports only where they are imported statically.
 */
export { Config } from '@oclif/core/config';
