/** Days of a calendar: from a moment on (epoch milliseconds), by the dates of an IANA zone. */
export interface HolidayRange {
  from: number;
  days: number;
  zone: string;
}
