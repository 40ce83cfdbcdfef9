"""The chapter's 25 items and what lies beyond them: host facts in, a report out.

Pure: nothing is read, asked or tried here. A check passes only on evidence that detection looked at.
"""
