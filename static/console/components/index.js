// Everything a screen is built of.

export * from "./controls.js";
export * from "./display.js";
export * from "./icon.js";
export * from "./list.js";
export * from "./load.js";
export * from "./overlays.js";
export * from "./people.js";
