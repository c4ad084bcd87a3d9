/** The name of a licence. Higher ranks have stronger colours. */
export function LicenceBadge({ licence }: { licence: { name: string; rank: number } }) {
  return <span class={`badge rank-${licence.rank}`}>{licence.name}</span>;
}
