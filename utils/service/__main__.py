"""`python -m utils.service --port 8000 --model model.joblib --database predictions.db`."""

from utils.service.process import main

main()
