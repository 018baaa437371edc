// hyparquet-writer 0.17.0: JavaScript dates are moments in milliseconds; lists are JSON.
import { readFileSync, writeFileSync } from 'node:fs'
import { parquetWriteBuffer } from 'hyparquet-writer'

const read = (name) => {
  const [header, ...rows] = readFileSync(name, 'utf8').trim().split('\n').map((line) => line.split(','))
  return (column) => rows.map((row) => row[header.indexOf(column)])
}
const number = (cell) => (cell === '' ? null : Number(cell))
const write = (name, columnData) => writeFileSync(name, Buffer.from(parquetWriteBuffer({ columnData })))

let of = read('sessions.csv')
write('javascript-sessions.parquet', [
  { name: 'client_id', data: of('client_id'), type: 'STRING' },
  { name: 'session', data: of('session').map(Number), type: 'INT32' },
  { name: 'alliance', data: of('alliance').map(number), type: 'DOUBLE', nullable: true },
  { name: 'date', data: of('date').map((day) => new Date(day)), type: 'TIMESTAMP' },
  { name: 'delivery', data: of('delivery'), type: 'STRING' },
  { name: 'items', data: of('session').map((s) => [Number(s), 2, 3]), type: 'JSON' },
])
of = read('outcomes.csv')
write('javascript-outcomes.parquet', [
  { name: 'client_id', data: of('client_id') },
  { name: 'measure', data: of('measure') },
  { name: 'pre', data: of('pre').map(Number) },
  { name: 'post', data: of('post').map(number) },
  { name: 'treatment', data: of('treatment') },
])
