/** Where an image's repository is kept. */
export interface RegistryName {
  /** As people and Docker's configuration call it: `docker.io`, `ghcr.io`, `10.0.0.5:5000`. */
  host: string;
  /** Below the registry: `library/postgres`. */
  path: string;
  /** Origin of its API: `https://registry-1.docker.io`. */
  origin: string;
}

const HUB = new Set(['docker.io', 'index.docker.io', 'registry-1.docker.io']);

/**
 * Reads a repository as Docker does: the first part is a host if it has a dot or a port or is `localhost`,
 * else the image is on Docker Hub, below `library/` if it has one part only.
 * @param insecure whether this host speaks plain http; one on loopback always does
 */
export function parseName(repository: string, insecure: (host: string) => boolean): RegistryName {
  const slash = repository.indexOf('/');
  const first = slash === -1 ? '' : repository.slice(0, slash);
  const named = first.includes('.') || first.includes(':') || first === 'localhost';
  const host = named ? first.toLowerCase() : 'docker.io';
  const rest = named ? repository.slice(slash + 1) : repository;
  if (HUB.has(host)) {
    const path = rest.includes('/') ? rest : `library/${rest}`;
    return { host: 'docker.io', path, origin: 'https://registry-1.docker.io' };
  }
  const scheme = isLoopback(host) || insecure(host) ? 'http' : 'https';
  return { host, path: rest, origin: `${scheme}://${host}` };
}

/** @param host with or without a port */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/:\d+$/, '').replace(/^\[|\]$/g, '');
  return bare === 'localhost' || bare === '::1' || /^127(\.\d{1,3}){3}$/.test(bare);
}
