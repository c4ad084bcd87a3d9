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
  bolt: "M13 2 4 13.5h6.5L10 22l9-11.5h-6.5L13 2Z",
} as const;

export type IconName = keyof typeof PATHS;

/** An icon beside words that say the same. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" width="20" height="20" aria-hidden="true">
      <path d={PATHS[name]} fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round" />
    </svg>
  );
}
