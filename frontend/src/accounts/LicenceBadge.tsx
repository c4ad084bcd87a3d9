/** A licence; a higher rank is a fuller badge. */
export function LicenceBadge({ licence }: { licence: { name: string; rank: number } }) {
  return <span class={`badge rank-${licence.rank}`}>{licence.name}</span>;
}
