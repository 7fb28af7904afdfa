/**
 * A copy of a text that stands by itself. What is cut out of a message keeps the whole message in memory, and what is put together
 * keeps its parts; what is stored for long must do neither.
 */
export const ownText = <Text extends string>(text: Text): Text => JSON.parse(JSON.stringify(text)) as Text;
