"""The steps of the wizard, one module each. No rule about Redis, and no step that knows another one."""
