"""The function's answers. This module imports nothing of the component, so that tests can use it."""


def answer(path, variables, fetch):
    """Returns the status and the text for a path.

    `variables` has the variables of [env] in faasta.toml, and the secrets. `fetch(url)` returns the status and the text
    of another server; [allow] in faasta.toml lists the servers.
    """
    match path:
        case "/":
            return 200, f"{variables['GREETING']} from {{name}}\n"
        case "/upstream":
            return fetch(variables["UPSTREAM"])
        case _:
            return 404, "there is nothing here\n"
