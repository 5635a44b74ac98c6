"""The code that the black-box tests share: the server and CLI under test, a strict HTTP/1.1 client, guests, waiting."""
