declare module 'virtual:languages' {
  export const languages: { code: string; name: string; load: () => Promise<{ default: Record<string, string> }> }[]
}
declare module '*.css'
