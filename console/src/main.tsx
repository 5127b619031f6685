import "@cloudscape-design/global-styles/index.css";
import "./console.css";

import { I18nProvider } from "@cloudscape-design/components/i18n";
import messages from "@cloudscape-design/components/i18n/messages/all.en";
import { QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { BrowserRouter } from "react-router";

import { App } from "./App";
import { makeQueries } from "./state/asking";
import { PreferencesProvider } from "./state/preferences";
import { SessionProvider } from "./state/session";

const root = document.getElementById("root");
if (root === null) throw new Error("the page has no root");

createRoot(root).render(
  <StrictMode>
    <I18nProvider locale="en" messages={[messages]}>
      <QueryClientProvider client={makeQueries()}>
        <PreferencesProvider>
          <BrowserRouter>
            <SessionProvider>
              <App />
            </SessionProvider>
          </BrowserRouter>
        </PreferencesProvider>
      </QueryClientProvider>
    </I18nProvider>
  </StrictMode>,
);
