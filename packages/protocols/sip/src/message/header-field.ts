/** A header field: its name in any spelling (compact forms too) and its value. */
export type HeaderField = readonly [name: string, value: string];

/** Header fields in the order in which they are sent. */
export type HeaderList = readonly HeaderField[];
