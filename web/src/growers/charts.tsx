// The trend and the map, drawn here: no library, and no tiles of anybody.
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

const metres = 111_320 // of a degree of latitude

// PlaceMap shows where the photos were taken, on a grid of metres round them.
export function PlaceMap({ list, name }: { list: Analysis[]; name: (disease: string) => string }) {
  const placed = list.filter((a) => a.latitude !== null && a.longitude !== null)
  if (placed.length === 0) return null
  const mid = placed.reduce((s, a) => s + a.latitude!, 0) / placed.length
  const x0 = Math.min(...placed.map((a) => a.longitude!)), y0 = Math.min(...placed.map((a) => a.latitude!))
  const across = (a: Analysis) => (a.longitude! - x0) * metres * Math.cos((mid * Math.PI) / 180)
  const up = (a: Analysis) => (a.latitude! - y0) * metres
  const span = Math.max(50, ...placed.map(across), ...placed.map(up)) * 1.15
  // A step of 1, 2 or 5 metres times a power of ten, some five to the map.
  const power = 10 ** Math.floor(Math.log10(span / 5))
  const step = [1, 2, 5, 10].map((n) => n * power).find((s) => span / s <= 6)!
  const size = 300
  const at = (m: number) => (m / span) * size
  const left = (span - Math.max(...placed.map(across))) / 2, below = (span - Math.max(...placed.map(up))) / 2
  const lines = Array.from({ length: Math.floor(span / step) + 1 }, (_, i) => at(i * step))
  const length = step >= 1000 ? `${step / 1000} km` : `${step} m`
  const named = [...new Set(placed.map((a) => a.disease))].map(name).join(', ')
  return (
    <figure class="card chart">
      <figcaption><h2>{t('map.title')}</h2><p class="soft small">{t('map.scale', { length })}</p></figcaption>
      <svg viewBox="-12 -12 324 324" role="img" aria-label={t('map.says', { n: placed.length, what: named })}>
        {lines.map((l) => <path key={l} d={`M${l} 0V${size}M0 ${size - l}H${size}`} stroke="#c3cdbd" />)}
        {placed.map((a) => <circle key={a.id} class={'bar ' + a.result} cx={at(across(a) + left)} cy={size - at(up(a) + below)} r="8" stroke="#fff" stroke-width="2"><title>{`${name(a.disease)}, ${date(a.date)}`}</title></circle>)}
        <path d="M292 34V6m-7 8 7-8 7 8" fill="none" stroke="#0f2117" stroke-width="2.500" />
      </svg>
    </figure>
  )
}
