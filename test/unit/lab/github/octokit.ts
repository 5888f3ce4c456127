import { Octokit } from '@octokit/rest';
import type { Operations } from '../../../../src/lib/lab/github/operation.ts';
import type { Bench } from '../../../support/github.ts';

const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** Octokits that remember which of GitHub's operations they asked for. */
export class Driver {
  private readonly bench: Bench;
  /** `METHOD path` of the description. */
  private readonly driven = new Set<string>();
  constructor(bench: Bench) {
    this.bench = bench;
  }

  connect(auth: string): Octokit {
    const octokit = new Octokit({ auth, baseUrl: this.bench.github.url, log: quiet });
    octokit.hook.before('request', ({ method, url }) => {
      this.driven.add(`${method} ${url.replace('{?name,label}', '')}`);
    });
    return octokit;
  }

  /** The operations of these tables that nobody asked for. */
  async undriven(...tables: Operations[]): Promise<string[]> {
    const { default: document } = await import('../../../../src/lib/lab/github/openapi.generated.json', {
      with: { type: 'json' },
    });
    const driven = Object.entries(document.paths).flatMap(([path, item]) =>
      Object.entries(item as Record<string, { operationId: string }>)
        .filter(([method]) => this.driven.has(`${method.toUpperCase()} ${path}`))
        .map(([, { operationId }]) => operationId),
    );
    return tables.flatMap((table) => Object.keys(table)).filter((id) => !driven.includes(id));
  }

  /** Waits for a run's end; its conclusion. */
  async ended(run: number): Promise<unknown> {
    const answer = await fetch(`${this.bench.github.url}/_lab/runs/${run}/ended`);
    return ((await answer.json()) as { conclusion: unknown }).conclusion;
  }
}
