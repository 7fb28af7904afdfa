/**
 * What a transport tells to be counted: a STUN request answered, a connection turned away because there were too many, a
 * silent one that had to make room, and one of ours that could not be opened or whose peer did not prove its name.
 */
export type TransportHappening = "stun-answered" | "connection-refused" | "connection-dropped" | "dial-failed";

/** Hears of each as it happens. */
export type CountHappening = (what: TransportHappening) => void;
