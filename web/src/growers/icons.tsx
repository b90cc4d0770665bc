// The few drawings of the pages, all our own.
const icon = (d: string) => () => (
  <svg viewBox="0 0 24 24" width="26" height="26" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><path d={d} /></svg>
)

export const CameraIcon = icon('M4 8h3l2-3h6l2 3h3v11H4zM12 10a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7')
export const ListIcon = icon('M4 19V9m6 10V5m6 14v-7m4 7H2')
export const BookIcon = icon('M5 4h9a4 4 0 0 1 4 4v12H8a3 3 0 0 1-3-3zm0 13a3 3 0 0 1 3-3h10M9 8h5')
export const PersonIcon = icon('M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8M4.5 20c1-4 4-5.500 7.500-5.500s6.500 1.500 7.500 5.500')
export const PictureIcon = icon('M4 5h16v14H4zM4 16l5-5 4 4 2-2 5 5M15.500 9h.01')
export const ShareIcon = icon('M12 15V3m-4 4 4-4 4 4M5 12v8h14v-8')
export const PrintIcon = icon('M7 9V3h10v6M7 18H4v-8h16v8h-3M7 14h10v7H7z')
export const HeatIcon = icon('M12 5C6 5 2 12 2 12s4 7 10 7 10-7 10-7-4-7-10-7zm0 4a3 3 0 1 0 0 6 3 3 0 0 0 0-6')
export const BackIcon = icon('M15 5l-7 7 7 7')

// LeafDrawing and FruitDrawing are the two things a photo can show.
export const LeafDrawing = () => (
  <svg viewBox="0 0 64 64" width="56" height="56" aria-hidden="true">
    <path d="M8 52C10 26 28 9 56 8 57 36 40 54 14 52Z" fill="#2f8a45" />
    <path d="M6 58C18 42 32 28 50 14M22 40l-3-11M31 32l-1-11M25 41l13 2M34 32l12 1" fill="none" stroke="#cdeec0" stroke-width="2.500" stroke-linecap="round" />
  </svg>
)
export const FruitDrawing = () => (
  <svg viewBox="0 0 64 64" width="56" height="56" aria-hidden="true">
    <path d="M36 14C54 13 62 27 56 40 50 54 32 61 20 55 6 48 4 33 13 24 20 17 27 14 36 14Z" fill="#ffb31a" />
    <path d="M56 40C50 54 32 61 20 55 16 53 13 50 11 47 30 52 48 42 51 19 59 24 59 33 56 40Z" fill="#f2751f" />
    <path d="M35 14C29 9 20 7 12 12 17 2 30 0 38 11Z" fill="#2f8a45" />
  </svg>
)
