import type { Recipe } from './releases.ts';

export interface ComposeOptions {
  /** Of the healthcheck: how long a start may take. */
  startPeriod?: string;
  /** Of the backend. */
  volumes?: readonly string[];
  environment?: Readonly<Record<string, string>>;
  /** Of the cache. */
  cacheVolumes?: readonly string[];
}

/** For `hosts: [local]`: another port, and a label by which the lab takes it down with itself. */
function localFile(registry: string, port: number, lab: string): string {
  return composeFile(registry)
    .replace('8000:8000', `127.0.0.1:${port}:8000`)
    .replaceAll('restart: unless-stopped', `restart: unless-stopped\n    labels: {hd.lab: "${lab}"}`);
}

/** The sample project's compose file, with a second service that no release replaces. */
export function composeFile(registry: string, options: ComposeOptions = {}): string {
  const { startPeriod = '1s', volumes = [], environment = {}, cacheVolumes = [] } = options;
  return `services:
  backend:
    image: ${registry}/acme/healthdelta-backend
    ports: ["8000:8000"]
    restart: unless-stopped
    stop_grace_period: 5s
    environment: ${JSON.stringify(environment)}
    volumes: ${JSON.stringify(volumes)}
    healthcheck:
      test: [CMD, perl, /srv/server.pl, --probe, /ready]
      interval: 300ms
      timeout: 2s
      retries: 2
      start_period: ${startPeriod}
      start_interval: 100ms
  cache:
    image: ${registry}/acme/cache:7
    entrypoint: [perl, -e, '$$SIG{TERM} = sub { exit 0 }; sleep 1 while 1']
    restart: unless-stopped
    volumes: ${JSON.stringify(cacheVolumes)}
`;
}

/** What each release is good for, or bad at. */
export function recipes(registry: string, port: number, lab: string): Recipe[] {
  const plain = {
    'compose.yaml': composeFile(registry),
    'compose.local.yaml': localFile(registry, port, lab),
  };
  const conf = (text: string): Record<string, string> => ({
    'compose.yaml': composeFile(registry, { cacheVolumes: ['./app.conf:/etc/app.conf:ro'] }),
    'app.conf': text,
  });
  // A service that is trusted with a secret, and tells it; without a healthcheck only the checks find that out.
  const trusted = composeFile(registry, { environment: { APP_SECRET: '${APP_SECRET:-}' } });
  const careless = { 'compose.yaml': trusted.replace(/ {4}healthcheck:\n(?: {6}.*\n)+/, '') };
  return [
    { version: '1.3.0', files: plain },
    { version: '1.4.0', files: plain },
    { version: '1.5.0', files: plain },
    { version: '1.6.0', files: plain },
    { version: '2.0.0', files: plain, behaviour: 'ready=never' },
    // D7: a crash after two seconds is a failed deployment; the default settle is three.
    { version: '2.1.0', files: plain, behaviour: 'crash-after=2' },
    { version: '2.2.0', files: plain, behaviour: 'version=0.0.0' },
    { version: '2.3.0', files: plain, behaviour: 'log=FATAL out of memory' },
    {
      version: '2.4.0',
      files: { 'compose.yaml': composeFile(registry, { startPeriod: '30s' }) },
      behaviour: 'slow-start=3',
    },
    { version: '2.5.0', files: plain, labels: { version: '9.9.9' } },
    { version: '2.6.0', files: plain, labels: { revision: 'f'.repeat(40) } },
    { version: '2.7.0', files: { 'compose.yaml': 'services: [this is\n  not: yaml' } },
    { version: '2.8.0', files: plain },
    { version: '2.9.0', files: plain, withoutImage: true },
    { version: '3.0.0', files: conf('level=1\n') },
    { version: '3.1.0', files: conf('level=1\n') },
    { version: '3.2.0', files: conf('level=2\n') },
    // A folder that only the host has: what is in it decides how the service behaves there.
    {
      version: '3.3.0',
      files: { 'compose.yaml': composeFile(registry, { volumes: ['./local/behaviour:/srv/behaviour:ro'] }) },
    },
    { version: '4.0.0', files: plain },
    { version: '5.0.0', files: { 'compose.yaml': trusted } },
    { version: '5.1.0', files: careless, behaviour: 'tell=APP_SECRET\nready=never\nlog=FATAL' },
    { version: '5.2.0', files: careless, behaviour: 'tell=APP_SECRET\ncrash-after=0.2' },
  ];
}
