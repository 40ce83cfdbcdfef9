"""Act for the App: navigation, applying, reattaching, handing over passwords."""
