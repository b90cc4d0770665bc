"""Logs in as an administrator and prints the access token.

    login.py URL USERNAME PASSWORD
"""

import sys

import requests


def main() -> None:
    url, username, password = sys.argv[1:]
    answer = requests.post(f"{url}/api/auth/login/", json={"username": username, "password": password}, timeout=20)
    answer.raise_for_status()
    print(answer.json()["access"])


if __name__ == "__main__":
    main()
