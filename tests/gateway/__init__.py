"""What all tests of the gateway from outside share: how it is run, asked and heard."""
