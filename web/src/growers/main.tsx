import { render } from 'preact'
import { loadLanguage } from '../shared/i18n'
import '../shared/base.css'

function Growers() {
  return <main class="plain"><h1>MangoSense</h1></main>
}

await loadLanguage()
render(<Growers />, document.getElementById('page')!)
if ('serviceWorker' in navigator) void navigator.serviceWorker.register('/worker.js')
