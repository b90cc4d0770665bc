declare module 'virtual:languages' {
  export const languages: { code: string; name: string; load: () => Promise<{ default: Record<string, string> }> }[]
}
declare module 'virtual:drawings' {
  export const sheet: string // the address of the file that holds them all
  export const names: string[] // its views
}
declare module 'virtual:styles' {
  export const leafletStyle: string // the address of Leaflet's rules
}
declare module '*.css'
