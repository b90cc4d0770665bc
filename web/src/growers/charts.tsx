// The trend, drawn here without a library.
import { date, t } from '../shared/i18n'
import type { Analysis } from './History'

const week = 7 * 86_400_000
const weeks = 12

// Trend is how many photos of each result the last weeks had.
export function Trend({ list }: { list: Analysis[] }) {
  const now = Date.now()
  const rows = Array.from({ length: weeks }, (_, i) => {
    const from = now - (weeks - i) * week
    const of = list.filter((a) => Date.parse(a.date) > from && Date.parse(a.date) <= from + week)
    return { from, Diseased: of.filter((a) => a.result === 'Diseased').length, Healthy: of.filter((a) => a.result === 'Healthy').length, Unknown: of.filter((a) => a.result === 'Unknown').length }
  })
  const most = Math.max(1, ...rows.map((r) => r.Diseased + r.Healthy + r.Unknown))
  const sums = (['Diseased', 'Healthy', 'Unknown'] as const).map((k) => ({ k, n: rows.reduce((a, r) => a + r[k], 0) }))
  const said = sums.map(({ k, n }) => `${t('result.' + k)}: ${n}`).join(', ')
  return (
    <figure class="card chart">
      <figcaption><h2>{t('trend.title')}</h2></figcaption>
      <svg viewBox="0 0 360 120" role="img" aria-label={t('trend.says', { what: said })}>
        <path d="M0 100.500H360" stroke="#6b7a6d" />
        {rows.map((r, i) => {
          let y = 100
          return (['Diseased', 'Healthy', 'Unknown'] as const).map((k) => {
            const h = (r[k] / most) * 92
            y -= h
            return h > 0 && <rect key={i + k} class={'bar ' + k} x={i * 30 + 4} y={y} width="22" height={h} />
          })
        })}
        <text x="0" y="116">{date(rows[0]!.from, { day: 'numeric', month: 'short' })}</text>
        <text x="360" y="116" text-anchor="end">{date(now, { day: 'numeric', month: 'short' })}</text>
      </svg>
      <p class="legend">{sums.map(({ k, n }) => <span key={k}><i class={'dot ' + k} aria-hidden="true" />{t('result.' + k)} {n}</span>)}</p>
    </figure>
  )
}
