import { useMemo } from 'preact/hooks'
import { t } from '../shared/i18n'
import { colourOf, count } from './format'

export interface Spot { disease: string; latitude: number; longitude: number; date: string }

const width = 640
const height = 420
const edge = 28

// LocalMap plots places on a grid of kilometres of its own: no tiles, no other
// host. The width of a degree is that of the middle of what is shown.
export function LocalMap({ places, names }: { places: Spot[]; names: string[] }) {
  const drawn = useMemo(() => plot(places), [places])
  if (!drawn) return <p class="soft">{t('a.noPlaces')}</p>
  const { spots, lines, step } = drawn
  return (
    <figure class="map">
      <svg viewBox={`0 0 ${width} ${height}`} role="img" aria-label={t('a.mapOf', { n: places.length, km: step })}>
        <rect width={width} height={height} fill="#f7faf3" />
        {lines.x.map((x) => <line key={'x' + x} x1={x} x2={x} y1="0" y2={height} stroke="#c3cdbd" />)}
        {lines.y.map((y) => <line key={'y' + y} x1="0" x2={width} y1={y} y2={y} stroke="#c3cdbd" />)}
        {spots.map((s, i) => <circle key={i} cx={s.x} cy={s.y} r={s.r} fill={colourOf(s.disease, names)} fill-opacity="0.7" stroke="#ffffff"><title>{`${s.disease}: ${s.n}`}</title></circle>)}
        <text x={width - 10} y={height - 10} text-anchor="end" font-size="14" fill="#0f2117">{t('a.squareIs', { km: step })}</text>
        <text x="12" y="22" font-size="14" fill="#0f2117">↑ N</text>
      </svg>
      <ul class="legend">{names.filter((n) => spots.some((s) => s.disease === n)).map((n) => <li key={n}><svg width="12" height="12" aria-hidden="true"><circle cx="6" cy="6" r="6" fill={colourOf(n, names)} /></svg> {n}: {count(places.filter((p) => p.disease === n).length)}</li>)}</ul>
    </figure>
  )
}

function plot(places: Spot[]) {
  if (places.length === 0) return null
  const lat = places.map((p) => p.latitude), lon = places.map((p) => p.longitude)
  const south = Math.min(...lat), north = Math.max(...lat), west = Math.min(...lon), east = Math.max(...lon)
  const middle = ((south + north) / 2) * (Math.PI / 180)
  const kmX = 111.32 * Math.max(0.01, Math.cos(middle)), kmY = 110.57
  // At least a kilometre is shown, or one orchard would fill the map.
  const wide = Math.max((east - west) * kmX, 1), high = Math.max((north - south) * kmY, 1)
  const scale = Math.min((width - 2 * edge) / wide, (height - 2 * edge) / high)
  const x = (l: number) => width / 2 + (l - (west + east) / 2) * kmX * scale
  const y = (l: number) => height / 2 - (l - (south + north) / 2) * kmY * scale
  let step = 0.1
  for (const s of [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000]) if ((step = s) * scale >= 60) break
  const lines = { x: [] as number[], y: [] as number[] }
  for (let at = (width / 2) % (step * scale); at < width; at += step * scale) lines.x.push(Math.round(at))
  for (let at = (height / 2) % (step * scale); at < height; at += step * scale) lines.y.push(Math.round(at))
  // Photos of one disease within a few pixels are one dot.
  const dots = new Map<string, { disease: string; x: number; y: number; n: number; r: number }>()
  for (const p of places) {
    const px = Math.round(x(p.longitude) / 6) * 6, py = Math.round(y(p.latitude) / 6) * 6
    const key = `${p.disease} ${px} ${py}`
    const dot = dots.get(key) ?? { disease: p.disease, x: px, y: py, n: 0, r: 0 }
    dot.n++
    dot.r = Math.min(18, 4 + 2 * Math.sqrt(dot.n))
    dots.set(key, dot)
  }
  return { spots: [...dots.values()].sort((a, b) => b.r - a.r), lines, step }
}
