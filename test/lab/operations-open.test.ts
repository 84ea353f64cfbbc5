import { groundTrip } from './ground-trip.ts'

groundTrip('open')
