import { groundTrip } from './ground-trip.ts'

groundTrip('defaults')
