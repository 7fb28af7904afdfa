/** What stands between the blanks of an attribute's value, however many there are. */
export const wordsOf = (value: string): readonly string[] => value.split(" ").filter((word) => word !== "");
