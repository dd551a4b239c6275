"""What the interviewer says and remembers.

profile   who interviews where, for what; the advert -> the skills that it names
asked     one answer -> the questions in it, in their order
impression  what the answers have done to the interviewer's opinion
story     which round is held next: the table of states
interviewer  all of it together, line by line
"""
