"""What another rulebook would give: every claim judged anew, and who would get more or less, through which figure."""
