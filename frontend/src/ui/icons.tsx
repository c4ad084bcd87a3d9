const PATHS = {
  gear: "M12 8.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7Zm7.4 5.1.1-1.6-.1-1.6 2-1.5-2-3.4-2.4 1a7.6 7.6 0 0 0-2.7-1.6L14 2.4h-4l-.4 2.5A7.6 7.6 0 0 0 7 6.5l-2.4-1-2 3.4 2 1.5-.1 1.6.1 1.6-2 1.5 2 3.4 2.4-1a7.6 7.6 0 0 0 2.6 1.6l.4 2.5h4l.4-2.5a7.6 7.6 0 0 0 2.6-1.6l2.4 1 2-3.4-2-1.5Z",
  more: "M12 6.5a.75.75 0 1 0 0-1.5.75.75 0 0 0 0 1.5Zm0 6.25a.75.75 0 1 0 0-1.5.75.75 0 0 0 0 1.5ZM12 19a.75.75 0 1 0 0-1.5.75.75 0 0 0 0 1.5Z",
  search: "m20 20-4.2-4.2M18 11a7 7 0 1 1-14 0 7 7 0 0 1 14 0Z",
  plus: "M12 5v14M5 12h14",
  close: "m6 6 12 12M18 6 6 18",
  arrow: "M5 12h14m-5-5 5 5-5 5",
  back: "M19 12H5m5-5-5 5 5 5",
  check: "m5 12.5 4.5 4.5L19 7.5",
  clock: "M12 7.5V12l3 2m6-2a9 9 0 1 1-18 0 9 9 0 0 1 18 0Z",
  warning: "M12 9v4.5m0 3h.01M10.4 4.2 2.6 17.6A1.9 1.9 0 0 0 4.2 20.5h15.6a1.9 1.9 0 0 0 1.6-2.9L13.6 4.2a1.9 1.9 0 0 0-3.2 0Z",
  up: "M12 19V5m-6 6 6-6 6 6",
  down: "M12 5v14m-6-6 6 6 6-6",
  download: "M12 4v11m-5-4.5 5 5 5-5M5 20h14",
  print: "M7 9V4h10v5M7 17H5a1 1 0 0 1-1-1v-5.5A1.5 1.5 0 0 1 5.5 9h13a1.5 1.5 0 0 1 1.5 1.5V16a1 1 0 0 1-1 1h-2M7 14h10v6H7v-6Z",
  rows: "M4 6h16M4 10h16M4 14h16M4 18h16",
  eye: "M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12Zm9.5 2.75a2.75 2.75 0 1 0 0-5.5 2.75 2.75 0 0 0 0 5.5Z",
  hidden: "M4 4l16 16M9.9 5.8A9.6 9.6 0 0 1 12 5.5c6 0 9.5 6.5 9.5 6.5a16 16 0 0 1-2.8 3.5M6.4 7.3A15.6 15.6 0 0 0 2.5 12S6 18.5 12 18.5a9.3 9.3 0 0 0 4.5-1.2",
  bolt: "M13 2 4 13.5h6.5L10 22l9-11.5h-6.5L13 2Z",
} as const;

export type IconName = keyof typeof PATHS;

/** A decorative icon; the text beside it says the same. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" width="20" height="20" aria-hidden="true">
      <path d={PATHS[name]} fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round" />
    </svg>
  );
}
