/**
 * Gives each role as many people as it needs, and nobody two roles: a maximum matching (augmenting paths), so that
 * those who could fill several are put where nobody else can be. Who comes first is never left out for a later one.
 * @param people whose word counts, and for which roles
 * @param needed how many each role needs
 * @returns of each person the role, by the same index; undefined for who is not needed
 */
export function assign(
  people: readonly (readonly string[])[],
  needed: Readonly<Record<string, number>>,
): (string | undefined)[] {
  const filled = new Map(Object.keys(needed).map((role): [string, number[]] => [role, []]));
  const place = (person: number, tried: Set<string>): boolean => {
    for (const role of people[person] ?? []) {
      const own = filled.get(role);
      if (own === undefined || tried.has(role)) continue;
      tried.add(role);
      const free = own.length < (needed[role] ?? 0);
      const moved = free ? undefined : own.find((each) => place(each, tried));
      if (!free && moved === undefined) continue;
      if (moved !== undefined) own.splice(own.indexOf(moved), 1);
      own.push(person);
      return true;
    }
    return false;
  };
  for (const person of people.keys()) place(person, new Set());
  const roles = [...filled];
  return people.map((_, person) => roles.find(([, own]) => own.includes(person))?.[0]);
}
