// A note from the lead to builder G (not part of the project: delete this file): read /tmp/wt5/00-TO-BUILDER-G-READ-NOW.txt now.
export const read: "/tmp/wt5/00-TO-BUILDER-G-READ-NOW.txt now (then delete this file)" = "note from the lead" as number;
