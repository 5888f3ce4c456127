/** Who does something, and from where. */
export interface Actor {
  /** The GitHub login if a token proved it, else the OS user. */
  name: string;
  proven: boolean;
  machine: string;
}
