// The map of tiles: Leaflet, loaded where the server has tiles and a map is shown.
import { CircleMarker, GridLayer, LatLngBounds, Map as Leaflet, SVG, type Coords, type DoneCallback } from 'leaflet'
import { leafletStyle } from 'virtual:styles'
import type { Dot } from './map'
import { t } from './i18n'

let styled: Promise<void> | undefined

// style brings the library's rules, once a page.
export const style = () =>
  (styled ??= new Promise((resolve, reject) => {
    const link = document.createElement('link')
    link.rel = 'stylesheet'
    link.href = leafletStyle
    link.onload = () => resolve()
    link.onerror = () => {
      styled = undefined
      link.remove()
      reject(new Error('no style'))
    }
    document.head.append(link)
  }))

// Pictures is a layer of tiles. Leaflet's own blanks a tile that it gives up with
// a data: address, which no policy here lets in.
class Pictures extends GridLayer {
  constructor(private readonly address: string) {
    super({ maxZoom: 19 })
  }

  createTile({ x, y, z }: Coords, done: DoneCallback): HTMLElement {
    const tile = document.createElement('img')
    tile.alt = ''
    // The page names itself to nobody; who runs tiles may ask for the host.
    tile.referrerPolicy = 'strict-origin-when-cross-origin'
    tile.onload = () => done(undefined, tile)
    tile.onerror = () => done(new Error('no tile'), tile)
    tile.src = this.address.replace('{z}', String(z)).replace('{x}', String(x)).replace('{y}', String(y))
    return tile
  }
}

// show draws the map into a box and gives what removes it; lost is called when
// not one tile can be had.
export function show(box: HTMLElement, dots: Dot[], address: string, lost: () => void): () => void {
  const map = new Leaflet(box, { attributionControl: false, renderer: new SVG({ padding: 0.5 }), zoomControl: false, fadeAnimation: false, zoomAnimation: false })
  const tiles = new Pictures(address)
  let had = false
  tiles.on('tileload', () => (had = true))
  tiles.on('tileerror', () => had || lost())
  map.fitBounds(new LatLngBounds(dots.map((d) => [d.latitude, d.longitude] as [number, number])), { maxZoom: 17, padding: [30, 30], animate: false })
  tiles.addTo(map)
  for (const d of dots) {
    new CircleMarker([d.latitude, d.longitude], { radius: d.r, color: '#fff', weight: 2, fillColor: d.colour, fillOpacity: 0.9 }).bindTooltip(d.title).addTo(map)
  }
  box.append(button('+', 'map.nearer', () => map.zoomIn()), button('−', 'map.farther', () => map.zoomOut()))
  return () => {
    map.remove()
    box.replaceChildren()
  }
}

// button is one of the page's own: Leaflet's are links of 30 pixels.
function button(text: string, word: string, act: () => void): HTMLButtonElement {
  const b = document.createElement('button')
  b.type = 'button'
  b.className = 'map-button ' + word.replace('.', '-')
  b.textContent = text
  b.setAttribute('aria-label', t(word))
  for (const kind of ['click', 'dblclick', 'mousedown', 'keydown']) b.addEventListener(kind, (e) => e.stopPropagation())
  b.addEventListener('click', act)
  return b
}
