"""Writes the weekly sales chart to /reports."""
import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import pandas as pd

sales = pd.read_csv("sales.csv")
sales.plot(x="week", y="yen")
plt.savefig("/reports/sales.png")
