// Places on a map: on a grid of its own, which needs no network and no other
// host, or on tiles where the server has an address of some.
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { t } from './i18n'

export interface Spot {
  latitude: number
  longitude: number
  name: string
  colour: string
  note?: string // said of one photo alone
}

interface Props {
  spots: Spot[]
  least?: number // metres that are shown at least, or one tree would fill the map
}

export interface Dot { latitude: number; longitude: number; x: number; y: number; r: number; colour: string; title: string }

const width = 360
const height = 300
const edge = 24

export function PlaceMap({ spots, least = 50 }: Props) {
  const tiles = document.querySelector<HTMLMetaElement>('meta[name=tiles]')?.content
  const [lost, lose] = useState(false)
  if (tiles && !lost && navigator.onLine) return <Tiles spots={spots} address={tiles} onLost={() => lose(true)} />
  return <Grid spots={spots} least={least} />
}

const said = (spots: Spot[]) => t('map.says', { n: spots.length, what: [...new Set(spots.map((s) => s.name))].join(', ') })

function Grid({ spots, least }: Required<Props>) {
  const plotted = useMemo(() => plot(spots, least), [spots, least])
  return (
    <>
      <p class="soft small">{t('map.scale', { length: plotted.length })}</p>
      <svg class="map" viewBox={`0 0 ${width} ${height}`} role="img" aria-label={said(spots)}>
        <rect width={width} height={height} fill="#f7faf3" />
        {plotted.columns.map((x) => <path key={'x' + x} d={`M${x} 0V${height}`} stroke="#c3cdbd" />)}
        {plotted.rows.map((y) => <path key={'y' + y} d={`M0 ${y}H${width}`} stroke="#c3cdbd" />)}
        {plotted.dots.map((d, i) => <circle key={i} cx={d.x} cy={d.y} r={d.r} fill={d.colour} fill-opacity="0.8" stroke="#fff" stroke-width="2"><title>{d.title}</title></circle>)}
        <path d={`M${width - 18} 40V12m-7 8 7-8 7 8`} fill="none" stroke="#0f2117" stroke-width="2.500" />
      </svg>
    </>
  )
}

// Tiles is a map that can be moved; its library is loaded where it is shown.
function Tiles({ spots, address, onLost }: { spots: Spot[]; address: string; onLost: () => void }) {
  const box = useRef<HTMLDivElement>(null)
  const same = JSON.stringify(spots) // the map stays while its places do
  const tenMetres = (degrees: number) => degrees * 60_000 // in the six units of a dot
  const dots = useMemo(() => gather(spots, tenMetres, tenMetres), [same])
  useEffect(() => {
    let gone = false
    let remove = () => {}
    import('./tiles')
      .then(async ({ show, style }) => {
        await style()
        if (!gone) remove = show(box.current!, dots, address, onLost)
      })
      .catch(() => gone || onLost())
    return () => {
      gone = true
      remove()
    }
  }, [dots, address])
  return (
    <>
      <div ref={box} class="map tiles" role="region" aria-label={said(spots)} />
      <p class="soft small">© <a href="https://www.openstreetmap.org/copyright" target="_blank" rel="noreferrer noopener">{t('map.credit')}</a></p>
    </>
  )
}

const metres = 111_320 // of a degree of latitude

// plot puts the places onto the grid. A degree of longitude is as wide as in the
// middle of what is shown.
function plot(spots: Spot[], least: number) {
  const lat = spots.map((s) => s.latitude), lon = spots.map((s) => s.longitude)
  const [south, north, west, east] = [Math.min(...lat), Math.max(...lat), Math.min(...lon), Math.max(...lon)]
  const across = metres * Math.max(0.01, Math.cos((((south + north) / 2) * Math.PI) / 180))
  const scale = Math.min((width - 2 * edge) / Math.max((east - west) * across, least), (height - 2 * edge) / Math.max((north - south) * metres, least))
  const x = (l: number) => width / 2 + (l - (west + east) / 2) * across * scale
  const y = (l: number) => height / 2 - (l - (south + north) / 2) * metres * scale
  // A step of 1, 2 or 5 metres times a power of ten, wide enough to be counted.
  const power = 10 ** Math.floor(Math.log10(48 / scale))
  const step = [1, 2, 5, 10].map((n) => n * power).find((s) => s * scale >= 48)!
  const lines = (size: number) => {
    const first = (size / 2) % (step * scale)
    return Array.from({ length: Math.ceil((size - first) / (step * scale)) }, (_, i) => Math.round(first + i * step * scale))
  }
  return { dots: gather(spots, x, y), columns: lines(width), rows: lines(height), length: step >= 1000 ? `${step / 1000} km` : `${step} m` }
}

// gather makes one dot of the photos of one kind within a few pixels.
function gather(spots: Spot[], x: (l: number) => number, y: (l: number) => number): Dot[] {
  const all = new Map<string, { of: Spot; n: number }>()
  for (const s of spots) {
    const key = [s.name, s.colour, Math.round(x(s.longitude) / 6), Math.round(y(s.latitude) / 6)].join()
    const known = all.get(key)
    if (known) known.n++
    else all.set(key, { of: s, n: 1 })
  }
  return [...all.values()]
    .sort((a, b) => b.n - a.n)
    .map(({ of, n }) => ({
      latitude: of.latitude, longitude: of.longitude, x: Math.round(x(of.longitude)), y: Math.round(y(of.latitude)), r: Math.min(18, 6 + 2 * Math.sqrt(n)),
      colour: of.colour, title: n > 1 ? `${of.name}: ${n}` : [of.name, of.note].filter(Boolean).join(', '),
    }))
}
