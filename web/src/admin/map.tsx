import { useMemo } from 'preact/hooks'
import { date, t } from '../shared/i18n'
import { PlaceMap } from '../shared/map'
import { colourOf, count } from './format'

export interface Place { disease: string; latitude: number; longitude: number; date: string }

// Places shows where photos were taken, a colour for each disease.
export function Places({ places, names }: { places: Place[]; names: string[] }) {
  const spots = useMemo(() => places.map((p) => ({ ...p, name: p.disease, colour: colourOf(p.disease, names), note: date(p.date) })), [places, names.join()])
  if (spots.length === 0) return <p class="soft">{t('a.noPlaces')}</p>
  return (
    <figure class="map-figure">
      <PlaceMap spots={spots} least={1000} />
      <ul class="legend">{names.filter((n) => places.some((p) => p.disease === n)).map((n) => <li key={n}><svg width="12" height="12" aria-hidden="true"><circle cx="6" cy="6" r="6" fill={colourOf(n, names)} /></svg> {n}: {count(places.filter((p) => p.disease === n).length)}</li>)}</ul>
    </figure>
  )
}
