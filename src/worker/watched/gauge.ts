import { Gauge, type Registry } from 'prom-client'

/** Makes gauges of the registry whose names begin alike. */
export function gaugesNamed(registry: Registry, prefix: string) {
  return <Label extends string>(name: string, help: string, labelNames: Label[]) =>
    new Gauge({ name: `${prefix}_${name}`, help, labelNames, registers: [registry] })
}
