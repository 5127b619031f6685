import * as tokens from "@cloudscape-design/design-tokens";

/** Cloudscape's colours under the names that console.css uses; they change with the mode by themselves. */
export function handOverTokens(root: HTMLElement): void {
  const named = {
    muted: tokens.colorTextBodySecondary, text: tokens.colorTextBodyDefault, line: tokens.colorBorderDividerDefault,
    link: tokens.colorTextLinkDefault, "link-hover": tokens.colorTextLinkHover, focus: tokens.colorBorderItemFocused,
    hover: tokens.colorBackgroundDropdownItemHover, surface: tokens.colorBackgroundContainerContent,
    warning: tokens.colorTextStatusWarning, critical: tokens.colorChartsStatusCritical,
    high: tokens.colorChartsStatusHigh, medium: tokens.colorChartsStatusMedium, low: tokens.colorChartsStatusLow,
    mark: tokens.colorBackgroundNotificationYellow, "mark-text": tokens.colorTextNotificationYellow,
  };
  for (const [name, value] of Object.entries(named)) root.style.setProperty(`--${name}`, value);
}
