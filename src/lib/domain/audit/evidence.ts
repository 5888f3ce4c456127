import type { PublishedHead } from '../publication.ts';

/** One host's records, as they were read. */
export interface Copy {
  host: string;
  /** The ledger's lines. */
  texts: readonly string[];
  /** A last line without its end. */
  torn?: string;
  /** Ledgers that gave way to another story, by the head in their file's name; absent if the source has none of them. */
  setAside?: readonly { head: string; text: string }[];
  /** By deployment; absent if the source has none of them. */
  journals?: ReadonlyMap<string, string>;
}

/** Who signed an entry, or why nobody knows. */
export type Signed = { by: string; key: string } | { problem: string };

/** All that an audit of one environment judges by: read from hosts and GitHub, or from an exported file. */
export interface Evidence {
  environment: string;
  /** What stands before the first line of every copy, if that is not the ledger's beginning. */
  since: { count: number; prev?: string };
  copies: readonly Copy[];
  /** Hosts whose records could not be read. */
  unread: readonly { host: string; why: string }[];
  published: Published;
  /** By the hash of the line; absent if nobody said whose signatures count. */
  signatures?: ReadonlyMap<string, Signed>;
  /** What the file itself says that can't be: an export that was edited. */
  problems: readonly string[];
  /** It was read from a file; `chainOnly`: with entries, and nothing beside them. */
  file?: true;
  chainOnly?: true;
}

/** `asked` tells what could not be reached from what nobody asked for. */
export type Published = { heads: readonly PublishedHead[] } | { why: string; asked: boolean };
