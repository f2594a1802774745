"""Where people are met: the gateway, the widget, the demo shop's pages. The only door to the outside."""
